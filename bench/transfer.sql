-- What the ledger's transfer does, as one bare PL/pgSQL function over the same tables: the limit to compare
-- the port with. It knows everything beforehand that the ledger has to look up: accounts, limits, the day.

CREATE OR REPLACE FUNCTION bench_transfer(
    p_key text, p_who bytea, p_forgotten bigint, p_customer bigint, p_source bigint, p_target bigint,
    p_direction text, p_amount bigint, p_daily bigint, p_day date, p_at timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_entry bigint;
    v_taken bigint;
    v_given bigint;
BEGIN
    INSERT INTO bank_pin_guard (who) VALUES (p_who)
    ON CONFLICT (who) DO UPDATE SET who = excluded.who
    WHERE bank_pin_guard.wrong_5 IS NULL OR bank_pin_guard.wrong_5 <= p_forgotten;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'locked';
    END IF;

    SELECT entry_id INTO v_entry FROM bank_transfer WHERE key = p_key;
    IF FOUND THEN
        RETURN v_entry;
    END IF;

    UPDATE bank_account
    SET balance = balance - p_amount,
        spent = CASE WHEN spent_on = p_day THEN spent ELSE 0 END + p_amount,
        spent_on = p_day
    WHERE id = p_source AND NOT frozen AND balance - held >= p_amount
      AND CASE WHEN spent_on = p_day THEN spent ELSE 0 END + p_amount <= p_daily
    RETURNING balance INTO v_taken;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refused';
    END IF;

    UPDATE bank_account SET balance = balance + p_amount WHERE id = p_target AND NOT frozen
    RETURNING balance INTO v_given;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refused';
    END IF;

    INSERT INTO bank_entry (at, cause, from_account, to_account, amount, from_after, to_after)
    VALUES (p_at, 'transfer', p_source, p_target, p_amount, v_taken, v_given)
    RETURNING id INTO v_entry;

    INSERT INTO bank_transfer (key, at, entry_id, customer_id, direction, amount)
    VALUES (p_key, p_at, v_entry, p_customer, p_direction, p_amount);
    RETURN v_entry;
END $$;
