PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE t(a,b);
INSERT INTO t VALUES(1,'it''s; bk-abc');
CREATE TRIGGER tr after insert on t begin update t set a=2; insert into t values (3,'COMMIT;'); end;
COMMIT;
