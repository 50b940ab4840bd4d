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
-- Databases
--

--
-- Database "template1" dump
--

\connect template1

--
-- PostgreSQL database dump
--

\restrict mark

-- Dumped from database version 17.12 (Debian 17.12-0+deb13u1)
-- Dumped by pg_dump version 17.12 (Debian 17.12-0+deb13u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- PostgreSQL database dump complete
--

\unrestrict mark

--
-- Database "empty" dump
--

--
-- PostgreSQL database dump
--

\restrict mark

-- Dumped from database version 17.12 (Debian 17.12-0+deb13u1)
-- Dumped by pg_dump version 17.12 (Debian 17.12-0+deb13u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: empty; Type: DATABASE; Schema: -; Owner: postgres
--

CREATE DATABASE empty WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'en_US.utf8';


ALTER DATABASE empty OWNER TO postgres;

\unrestrict mark
\connect empty
\restrict mark

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- PostgreSQL database dump complete
--

\unrestrict mark

--
-- Database "postgres" dump
--

\connect postgres

--
-- PostgreSQL database dump
--

\restrict mark

-- Dumped from database version 17.12 (Debian 17.12-0+deb13u1)
-- Dumped by pg_dump version 17.12 (Debian 17.12-0+deb13u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: f(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.f() RETURNS integer
    LANGUAGE plpgsql
    AS $_$ BEGIN RAISE NOTICE 'it''s; $x$'; RETURN 1; END; $_$;


ALTER FUNCTION public.f() OWNER TO postgres;

--
-- Name: g(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.g() RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT 1;
END;


ALTER FUNCTION public.g() OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: cc_ci_canary; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.cc_ci_canary (
    name text NOT NULL,
    value text NOT NULL
);


ALTER TABLE public.cc_ci_canary OWNER TO postgres;

--
-- Name: TABLE cc_ci_canary; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TABLE public.cc_ci_canary IS 'don''t; -- stop /* here';


--
-- Name: odd "name; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public."odd ""name" (
    a integer,
    b text
);


ALTER TABLE public."odd ""name" OWNER TO postgres;

--
-- Data for Name: cc_ci_canary; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.cc_ci_canary (name, value) FROM stdin;
bk-abc	written bk-abc
\.


--
-- Data for Name: odd "name; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public."odd ""name" (a, b) FROM stdin;
1	it's; a \\ test\nnewline
2	-- PostgreSQL database dump
3	\\.
\.


--
-- Name: 16398; Type: BLOB METADATA; Schema: -; Owner: postgres
--

SELECT pg_catalog.lo_create('16398');

ALTER LARGE OBJECT 16398 OWNER TO postgres;

--
-- Data for Name: 16398; Type: BLOBS; Schema: -; Owner: postgres
--

BEGIN;

SELECT pg_catalog.lo_open('16398', 131072);
SELECT pg_catalog.lowrite(0, '\x626c6f622d6279746573');
SELECT pg_catalog.lo_close(0);

COMMIT;

--
-- Name: cc_ci_canary cc_ci_canary_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.cc_ci_canary
    ADD CONSTRAINT cc_ci_canary_pkey PRIMARY KEY (name);


--
-- PostgreSQL database dump complete
--

\unrestrict mark

--
-- PostgreSQL database cluster dump complete
--

