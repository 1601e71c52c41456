-- Plans of imports. They are no part of the register, and are forgotten after a day.

CREATE TABLE member_import (
  id BIGINT PRIMARY KEY,
  -- 0 while its rows still come, 1 planned, 2 applied.
  state BIGINT NOT NULL,
  -- The last change of the register that the plan knows of.
  sequence BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  -- Its rows go then. What is left tells a little longer that it was there.
  expires_at BIGINT NOT NULL,
  applied_at BIGINT,
  creates BIGINT NOT NULL,
  updates BIGINT NOT NULL,
  no_ops BIGINT NOT NULL,
  conflicts BIGINT NOT NULL,
  probable_duplicates BIGINT NOT NULL,
  invalids BIGINT NOT NULL
);
CREATE INDEX member_import_age ON member_import (expires_at);

CREATE TABLE member_import_row (
  import BIGINT NOT NULL,
  -- Counted from 1 in the order in which the rows came.
  place BIGINT NOT NULL,
  -- The caller's own number.
  number BIGINT NOT NULL,
  action BIGINT NOT NULL,
  -- The member that the row is of, or would make; empty where there is none.
  member TEXT NOT NULL,
  -- The message that tells the caller of it.
  entry BYTEA NOT NULL,
  -- What the row says, as a message, where applying it needs that.
  body BYTEA,
  PRIMARY KEY (import, place)
);
CREATE INDEX member_import_row_by_action ON member_import_row (import, action, place);

-- What rows may not share, and the names by which they look alike: by these a row finds those
-- before it. They go when all rows have come.
CREATE TABLE member_import_key (
  import BIGINT NOT NULL,
  claim TEXT NOT NULL,
  place BIGINT NOT NULL,
  latitude DOUBLE PRECISION,
  longitude DOUBLE PRECISION,
  -- With a name: the identifiers of the row, with lines between them.
  identifiers TEXT NOT NULL,
  PRIMARY KEY (import, claim, place)
);
