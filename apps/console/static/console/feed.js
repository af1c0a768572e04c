// The audio thread: plays what it is fed, in order, and says how far it is. Silence where nothing has come yet.
const TELL_EVERY = 1200; // samples: 50 ms

class Feed extends AudioWorkletProcessor {
  constructor() {
    super();
    this.waiting = [];
    this.at = 0;
    this.played = 0;
    this.told = 0;
    this.loudest = 0;
    this.complete = false;
    this.port.onmessage = ({ data }) => {
      if (data === "end") this.complete = true;
      else this.waiting.push(data);
    };
  }

  process(_inputs, outputs) {
    const out = outputs[0][0];
    let filled = 0;
    while (filled < out.length && this.waiting.length) {
      const head = this.waiting[0];
      const count = Math.min(out.length - filled, head.length - this.at);
      for (let i = 0; i < count; i++) {
        const sample = head[this.at + i];
        out[filled + i] = sample;
        if (sample > this.loudest) this.loudest = sample;
      }
      filled += count;
      this.at += count;
      if (this.at === head.length) {
        this.waiting.shift();
        this.at = 0;
      }
    }
    this.played += filled;
    const over = this.complete && !this.waiting.length;
    if (over || this.played - this.told >= TELL_EVERY) {
      this.told = this.played;
      this.port.postMessage({ played: this.played, loudest: this.loudest, over });
    }
    return !over;
  }
}

registerProcessor("feed", Feed);
