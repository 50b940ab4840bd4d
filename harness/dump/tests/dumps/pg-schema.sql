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
-- Name: cc_ci_canary cc_ci_canary_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.cc_ci_canary
    ADD CONSTRAINT cc_ci_canary_pkey PRIMARY KEY (name);


--
-- PostgreSQL database dump complete
--

\unrestrict mark

