-- The register of members, in two clocks.
--
-- Days (valid_...) count from 1 January 1970; times (..._at, recorded_...) are the feed's recorded
-- time in microseconds since then. Both kinds of periods are half-open. A revision that still holds
-- has the recorded_until 9223372036854775807: no other row of today's register has it, and the
-- indexes that answer of today hold those rows alone.

CREATE TABLE section (
  id TEXT PRIMARY KEY,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  body BYTEA NOT NULL
);

-- Who a member is, whatever is said of it. The number is that of the change that made it.
CREATE TABLE member (
  number BIGINT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  uid TEXT NOT NULL UNIQUE
);

-- What the register says of a member for some days, or said from one moment to another. The body
-- is the message; the columns before it are what lists are filtered and ordered by.
CREATE TABLE member_revision (
  member BIGINT NOT NULL REFERENCES member (number),
  valid_from BIGINT NOT NULL,
  valid_until BIGINT NOT NULL,
  recorded_from BIGINT NOT NULL,
  recorded_until BIGINT NOT NULL,
  -- The change of the feed that recorded it.
  sequence BIGINT NOT NULL,
  request_id TEXT NOT NULL,
  -- Of the latest change of the member, while the row holds.
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT,
  -- Who may read it. A restriction is put on the rows of the past, too.
  access BIGINT NOT NULL,
  -- The folded name, for order by bytes.
  display_key BYTEA NOT NULL,
  -- Empty, 0 or -1 where there is none.
  section TEXT NOT NULL,
  country TEXT NOT NULL,
  kind BIGINT NOT NULL,
  status BIGINT NOT NULL,
  population BIGINT NOT NULL,
  body BYTEA NOT NULL,
  PRIMARY KEY (member, recorded_from, valid_from)
);

CREATE INDEX member_revision_now ON member_revision (member, valid_from)
  WHERE recorded_until = 9223372036854775807;

CREATE INDEX member_revision_beginning ON member_revision (valid_from, member)
  WHERE recorded_until = 9223372036854775807;

-- One index for each filter and order that can be asked for.
CREATE INDEX member_now_by_name ON member_revision (display_key, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_population ON member_revision (population, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_update ON member_revision (updated_at, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_section_name ON member_revision (section, display_key, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_section_population ON member_revision (section, population, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_section_update ON member_revision (section, updated_at, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_country_name ON member_revision (country, display_key, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_country_population ON member_revision (country, population, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_country_update ON member_revision (country, updated_at, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_kind_name ON member_revision (kind, display_key, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_kind_population ON member_revision (kind, population, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_kind_update ON member_revision (kind, updated_at, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_status_name ON member_revision (status, display_key, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_status_population ON member_revision (status, population, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_status_update ON member_revision (status, updated_at, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_section_country_name ON member_revision (section, country, display_key, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_section_country_population ON member_revision (section, country, population, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_section_country_update ON member_revision (section, country, updated_at, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_section_kind_name ON member_revision (section, kind, display_key, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_section_kind_population ON member_revision (section, kind, population, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_section_kind_update ON member_revision (section, kind, updated_at, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_section_status_name ON member_revision (section, status, display_key, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_section_status_population ON member_revision (section, status, population, member)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_now_by_section_status_update ON member_revision (section, status, updated_at, member)
  WHERE recorded_until = 9223372036854775807;

-- The same for lists as of an earlier recorded time, by name.
CREATE INDEX member_past_by_name ON member_revision (display_key, member)
  WHERE recorded_until < 9223372036854775807;
CREATE INDEX member_past_by_section_name ON member_revision (section, display_key, member)
  WHERE recorded_until < 9223372036854775807;
CREATE INDEX member_past_by_country_name ON member_revision (country, display_key, member)
  WHERE recorded_until < 9223372036854775807;
CREATE INDEX member_past_by_kind_name ON member_revision (kind, display_key, member)
  WHERE recorded_until < 9223372036854775807;
CREATE INDEX member_past_by_status_name ON member_revision (status, display_key, member)
  WHERE recorded_until < 9223372036854775807;
CREATE INDEX member_past_by_section_country_name ON member_revision (section, country, display_key, member)
  WHERE recorded_until < 9223372036854775807;
CREATE INDEX member_past_by_section_kind_name ON member_revision (section, kind, display_key, member)
  WHERE recorded_until < 9223372036854775807;
CREATE INDEX member_past_by_section_status_name ON member_revision (section, status, display_key, member)
  WHERE recorded_until < 9223372036854775807;

-- The last day whose beginning the feed has told of; and while it tells of another, which, and the
-- revision behind which it goes on.
CREATE TABLE register_day (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  day BIGINT NOT NULL,
  target BIGINT,
  told_valid_from BIGINT NOT NULL,
  told_member BIGINT NOT NULL
);

-- The folded words of the names of a revision; and each whole name, behind a byte 1, which no word
-- begins with.
CREATE TABLE member_name (
  word BYTEA NOT NULL,
  member BIGINT NOT NULL,
  recorded_from BIGINT NOT NULL,
  valid_from BIGINT NOT NULL,
  PRIMARY KEY (word, member, recorded_from, valid_from)
);
CREATE INDEX member_name_of_revision
  ON member_name (member, recorded_from, valid_from, word);

-- Who bears an identifier, on whatever day.
CREATE TABLE member_identifier (
  scheme BIGINT NOT NULL,
  value TEXT NOT NULL,
  member BIGINT NOT NULL REFERENCES member (number),
  recorded_from BIGINT NOT NULL,
  recorded_until BIGINT NOT NULL,
  PRIMARY KEY (scheme, value, member, recorded_from)
);
CREATE UNIQUE INDEX member_identifier_now ON member_identifier (scheme, value)
  WHERE recorded_until = 9223372036854775807;
CREATE INDEX member_identifier_of_member ON member_identifier (member)
  WHERE recorded_until = 9223372036854775807;
