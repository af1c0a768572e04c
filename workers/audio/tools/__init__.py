"""What is done to recordings, as stages that sound goes through block by block (stages.py says how)."""
