-- The archive of the ledger's events; docs/archive.md explains it. Amounts are nano-USD, times are
-- millis since the epoch, days are UTC. Tables are strict: what is no whole number is refused.

-- Which archive this is: a Redis remembers where its events go.
create table identity (
  id text not null primary key
);

insert into identity (id) values (lower(hex(randomblob(16))));

-- How far each shard has been stored. Whoever stores events of a shard writes its row first.
create table shards (
  shard    integer not null primary key,
  position integer not null
) strict, without rowid;

-- What changed a balance. Written once, never changed.
create table entries (
  id            text    not null primary key,
  account       text    not null,
  kind          text    not null,
  amount        integer not null,
  balance_after integer not null,
  request       text    not null,
  key           text    not null,
  model         text    not null,
  reference     text    not null,
  at            integer not null,
  position      integer not null
) strict;

create index entries_newest on entries (account, position, kind);
create index entries_newest_of_rare_kind on entries (account, kind, position)
  where kind <> 'debit_inference';

-- How many entries of a kind an account has, and what they come to.
create table entry_sums (
  account text    not null,
  kind    text    not null,
  entries integer not null,
  amount  integer not null,
  primary key (account, kind)
) strict, without rowid;

-- The events that changed no balance: these are known, too, when they come again.
create table marks (
  id       text    not null primary key,
  account  text    not null,
  at       integer not null,
  position integer not null
) strict, without rowid;

-- One row for each request that has ended, as of the latest event of it; `counted` is 1 where
-- it was charged, if only 0.
create table requests (
  id                    text    not null,
  account               text    not null,
  key                   text    not null,
  model                 text    not null,
  endpoint              text    not null,
  provider              text    not null,
  outcome               text    not null,
  status                integer not null,
  streamed              integer not null,
  counted               integer not null,
  input_tokens          integer not null,
  output_tokens         integer not null,
  cache_creation_tokens integer not null,
  cache_read_tokens     integer not null,
  total_tokens          integer not null,
  list                  integer not null,
  cost                  integer not null,
  estimated             text    not null,
  started_at            integer not null,
  ended_at              integer not null,
  duration_ms           integer not null,
  first_byte_ms         integer not null,
  position              integer not null
) strict;

-- Newest first; what else may be asked for is looked at before the row is.
create index requests_newest on requests (account, position, ended_at, model, endpoint, status);
create index requests_newest_of_key on requests (account, key, position);
create index requests_newest_of_rare_status on requests (account, status, position) where status <> 200;
create index requests_by_end on requests (account, ended_at);
create index requests_oldest on requests (ended_at);

-- Requests of which more events may come: by how many charges they are counted, where their row is,
-- and what a reaper's part of them is.
create table continued (
  request               text    not null primary key,
  charges               integer not null,
  ended_at              integer not null,
  position              integer not null,
  reaped                integer not null,
  day                   text    not null,
  account               text    not null,
  key                   text    not null,
  model                 text    not null,
  endpoint              text    not null,
  provider              text    not null,
  requests              integer not null,
  input_tokens          integer not null,
  output_tokens         integer not null,
  cache_creation_tokens integer not null,
  cache_read_tokens     integer not null,
  total_tokens          integer not null,
  list                  integer not null,
  cost                  integer not null,
  duration_ms           integer not null
) strict, without rowid;

-- What was used on a day.
create table daily_usage (
  day                   text    not null,
  account               text    not null,
  key                   text    not null,
  model                 text    not null,
  endpoint              text    not null,
  provider              text    not null,
  requests              integer not null,
  input_tokens          integer not null,
  output_tokens         integer not null,
  cache_creation_tokens integer not null,
  cache_read_tokens     integer not null,
  total_tokens          integer not null,
  list                  integer not null,
  cost                  integer not null,
  duration_ms           integer not null,
  primary key (account, day, key, model, endpoint, provider)
) strict, without rowid;

create index daily_usage_by_day on daily_usage (day);

-- The newest of each field of accounts, keys and objects, and of whatever an event is about.
create table owners (
  kind     text    not null,
  account  text    not null,
  id       text    not null,
  field    text    not null,
  value    text    not null,
  revision integer not null,
  primary key (kind, account, id, field)
) strict, without rowid;
