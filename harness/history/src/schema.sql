-- Times are RFC 3339 in UTC, durations milliseconds, outcomes the words of results.json.

CREATE TABLE runs (
    run       TEXT PRIMARY KEY,
    folder    TEXT NOT NULL,
    harness   TEXT NOT NULL,
    phase     TEXT NOT NULL,
    started   TEXT NOT NULL,
    millis    INTEGER NOT NULL,
    cancelled INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
    run       TEXT NOT NULL REFERENCES runs,
    unit      TEXT NOT NULL,
    attempt   INTEGER NOT NULL,
    recipe    TEXT NOT NULL,
    version   TEXT NOT NULL,
    inputs    TEXT NOT NULL,
    isolated  INTEGER NOT NULL,
    started   TEXT NOT NULL,
    millis    INTEGER NOT NULL,
    outcome   TEXT NOT NULL,
    PRIMARY KEY (run, unit, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE tiers (
    run       TEXT NOT NULL,
    unit      TEXT NOT NULL,
    attempt   INTEGER NOT NULL,
    tier      TEXT NOT NULL,
    outcome   TEXT NOT NULL,
    millis    INTEGER NOT NULL,
    PRIMARY KEY (run, unit, attempt, tier),
    FOREIGN KEY (run, unit, attempt) REFERENCES attempts
) STRICT, WITHOUT ROWID;

CREATE TABLE checks (
    run       TEXT NOT NULL,
    unit      TEXT NOT NULL,
    attempt   INTEGER NOT NULL,
    tier      TEXT NOT NULL,
    name      TEXT NOT NULL,
    outcome   TEXT NOT NULL,
    millis    INTEGER NOT NULL,
    PRIMARY KEY (run, unit, attempt, tier, name),
    FOREIGN KEY (run, unit, attempt, tier) REFERENCES tiers
) STRICT, WITHOUT ROWID;

CREATE INDEX attempts_of_a_recipe ON attempts (recipe, started);

-- What happened does not change. A table that is to be another is made anew from the folders.
CREATE TRIGGER runs_stay BEFORE UPDATE ON runs BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER runs_are_kept BEFORE DELETE ON runs BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER attempts_stay BEFORE UPDATE ON attempts BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER attempts_are_kept BEFORE DELETE ON attempts BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER tiers_stay BEFORE UPDATE ON tiers BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER tiers_are_kept BEFORE DELETE ON tiers BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER checks_stay BEFORE UPDATE ON checks BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER checks_are_kept BEFORE DELETE ON checks BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
