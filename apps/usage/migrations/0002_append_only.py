"""The database itself refuses to change or delete ledger entries, with two exceptions.

A key's row may go (`key_id` becomes NULL and nothing else changes), and a transaction that has said
`SET LOCAL ttsplatform.erase = 'on'` may do what the law demands.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION usage_ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('ttsplatform.erase', true) = 'on' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.key_id IS NULL AND to_jsonb(NEW) - 'key_id' = to_jsonb(OLD) - 'key_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the ledger is append-only: % refused on entry %', TG_OP, OLD.id
        USING HINT = 'Write an adjusting entry instead.', ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON usage_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION usage_ledger_append_only();
"""

BACKWARDS = """
DROP TRIGGER append_only ON usage_ledgerentry;
DROP FUNCTION usage_ledger_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("usage", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
