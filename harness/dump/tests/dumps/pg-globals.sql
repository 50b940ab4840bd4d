--
-- PostgreSQL database cluster dump
--

\restrict mark

SET default_transaction_read_only = off;

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

--
-- Roles
--

CREATE ROLE postgres;
ALTER ROLE postgres WITH SUPERUSER INHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS PASSWORD 'x';

--
-- User Configurations
--








\unrestrict mark

--
-- PostgreSQL database cluster dump complete
--

