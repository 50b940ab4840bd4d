-- What version 2 has beside the tables of version 1.

-- The most memory that the containers of a leg had at once.
CREATE TABLE peaks (
    run       TEXT NOT NULL,
    unit      TEXT NOT NULL,
    attempt   INTEGER NOT NULL,
    leg       TEXT NOT NULL,
    bytes     INTEGER NOT NULL,
    PRIMARY KEY (run, unit, attempt, leg),
    FOREIGN KEY (run, unit, attempt) REFERENCES attempts
) STRICT, WITHOUT ROWID;

-- How the node was stalled during an attempt, in thousandths of the time.
CREATE TABLE stalls (
    run       TEXT NOT NULL,
    unit      TEXT NOT NULL,
    attempt   INTEGER NOT NULL,
    cpu       INTEGER,
    io        INTEGER,
    memory    INTEGER,
    PRIMARY KEY (run, unit, attempt),
    FOREIGN KEY (run, unit, attempt) REFERENCES attempts
) STRICT, WITHOUT ROWID;

CREATE TRIGGER peaks_stay BEFORE UPDATE ON peaks BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER peaks_are_kept BEFORE DELETE ON peaks BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER stalls_stay BEFORE UPDATE ON stalls BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER stalls_are_kept BEFORE DELETE ON stalls BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
