"""Room vault: the tables of a place of the key store on a server: those of a folder, and who holds keys in memory."""

from typing import Final

SCHEMA: Final = """
CREATE SCHEMA IF NOT EXISTS tepati_keys;
CREATE TABLE IF NOT EXISTS seq (id integer PRIMARY KEY CHECK (id = 1), n bigint NOT NULL, ends bigint NOT NULL);
INSERT INTO seq (id, n, ends) VALUES (1, 0, 0) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS place (id integer PRIMARY KEY CHECK (id = 1), number integer NOT NULL);
CREATE TABLE IF NOT EXISTS holder (id integer PRIMARY KEY, knows bigint NOT NULL);
CREATE TABLE IF NOT EXISTS meta (name text COLLATE "C" PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE IF NOT EXISTS secret (kind text COLLATE "C", org text COLLATE "C", name text COLLATE "C", version bigint,
  wrapped bytea NOT NULL, made bigint NOT NULL, until bigint NOT NULL, PRIMARY KEY (kind, org, name, version));
CREATE TABLE IF NOT EXISTS dek (person bytea, key bytea, org text COLLATE "C" NOT NULL,
  category text COLLATE "C" NOT NULL, ending text COLLATE "C" NOT NULL, epoch bigint NOT NULL, wrapped bytea NOT NULL,
  PRIMARY KEY (person, key));
CREATE TABLE IF NOT EXISTS anchor (person bytea PRIMARY KEY, version bigint NOT NULL);
CREATE TABLE IF NOT EXISTS stop (org text COLLATE "C", person bytea, what text COLLATE "C", at bigint NOT NULL,
  PRIMARY KEY (org, person, what));
CREATE TABLE IF NOT EXISTS gone (key bytea PRIMARY KEY, at bigint NOT NULL);
CREATE TABLE IF NOT EXISTS intent (id bytea PRIMARY KEY, org text COLLATE "C" NOT NULL, body bytea NOT NULL);
CREATE TABLE IF NOT EXISTS retired (org text COLLATE "C" PRIMARY KEY, epoch bigint NOT NULL);
"""
