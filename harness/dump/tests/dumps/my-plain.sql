/*M!999999\- enable the sandbox mode */ 
SET @OLD_AUTOCOMMIT=@@AUTOCOMMIT, @@AUTOCOMMIT=0;
INSERT INTO cc_ci_canary VALUES
('bk-abc','written bk-abc');
COMMIT;
SET AUTOCOMMIT=@OLD_AUTOCOMMIT;
SET @OLD_AUTOCOMMIT=@@AUTOCOMMIT, @@AUTOCOMMIT=0;
INSERT INTO t VALUES
(1,'it\'s; a \\','\0ÿ\''),
(2,'-- Dump completed',NULL),
(3,'x\\\';y','/* no */');
COMMIT;
SET AUTOCOMMIT=@OLD_AUTOCOMMIT;
