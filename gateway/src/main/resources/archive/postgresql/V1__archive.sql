-- The archive of the ledger's events; docs/archive.md explains it. Amounts are nano-USD, times are
-- millis since the epoch, days are UTC. Text is compared byte by byte, as in SQLite.

-- Which archive this is: a Redis remembers where its events go.
create table identity (
  id text not null primary key
);

insert into identity (id) values (replace(gen_random_uuid()::text, '-', ''));

-- How far each shard has been stored. Whoever stores events of a shard writes its row first.
create table shards (
  shard    bigint not null primary key,
  position bigint not null
);

-- What changed a balance. Written once, never changed.
create table entries (
  id            text collate "C" not null primary key,
  account       text collate "C" not null,
  kind          text collate "C" not null,
  amount        bigint not null,
  balance_after bigint not null,
  request       text collate "C" not null,
  key           text collate "C" not null,
  model         text collate "C" not null,
  reference     text collate "C" not null,
  at            bigint not null,
  position      bigint not null
);

create index entries_newest on entries (account, position, kind);
create index entries_newest_of_rare_kind on entries (account, kind, position)
  where kind <> 'debit_inference';

-- How many entries of a kind an account has, and what they come to.
create table entry_sums (
  account text collate "C" not null,
  kind    text collate "C" not null,
  entries bigint not null,
  amount  bigint not null,
  primary key (account, kind)
) with (fillfactor = 50);

-- The events that changed no balance: these are known, too, when they come again.
create table marks (
  id       text collate "C" not null primary key,
  account  text collate "C" not null,
  at       bigint not null,
  position bigint not null
);

-- One row for each request that has ended, as of the latest event of it; `counted` is 1 where
-- it was charged, if only 0. A partition for each month, requests_2026_11, is made when an event of the
-- month comes, and dropped when the month is old enough.
create table requests (
  id                    text collate "C" not null,
  account               text collate "C" not null,
  key                   text collate "C" not null,
  model                 text collate "C" not null,
  endpoint              text collate "C" not null,
  provider              text collate "C" not null,
  outcome               text collate "C" not null,
  status                bigint not null,
  streamed              bigint not null,
  counted               bigint not null,
  input_tokens          bigint not null,
  output_tokens         bigint not null,
  cache_creation_tokens bigint not null,
  cache_read_tokens     bigint not null,
  total_tokens          bigint not null,
  list                  bigint not null,
  cost                  bigint not null,
  estimated             text collate "C" not null,
  started_at            bigint not null,
  ended_at              bigint not null,
  duration_ms           bigint not null,
  first_byte_ms         bigint not null,
  position              bigint not null
) partition by range (ended_at);

-- Newest first; what else may be asked for is looked at before the row is.
create index requests_newest on requests (account, position, ended_at, model, endpoint, status);
create index requests_newest_of_key on requests (account, key, position);
create index requests_newest_of_rare_status on requests (account, status, position) where status <> 200;
create index requests_by_end on requests (account, ended_at);

-- Requests of which more events may come: by how many charges they are counted, where their row is,
-- and what a reaper's part of them is.
create table continued (
  request               text collate "C" not null primary key,
  charges               bigint not null,
  ended_at              bigint not null,
  position              bigint not null,
  reaped                bigint not null,
  day                   text collate "C" not null,
  account               text collate "C" not null,
  key                   text collate "C" not null,
  model                 text collate "C" not null,
  endpoint              text collate "C" not null,
  provider              text collate "C" not null,
  requests              bigint not null,
  input_tokens          bigint not null,
  output_tokens         bigint not null,
  cache_creation_tokens bigint not null,
  cache_read_tokens     bigint not null,
  total_tokens          bigint not null,
  list                  bigint not null,
  cost                  bigint not null,
  duration_ms           bigint not null
);

-- What was used on a day.
create table daily_usage (
  day                   text collate "C" not null,
  account               text collate "C" not null,
  key                   text collate "C" not null,
  model                 text collate "C" not null,
  endpoint              text collate "C" not null,
  provider              text collate "C" not null,
  requests              bigint not null,
  input_tokens          bigint not null,
  output_tokens         bigint not null,
  cache_creation_tokens bigint not null,
  cache_read_tokens     bigint not null,
  total_tokens          bigint not null,
  list                  bigint not null,
  cost                  bigint not null,
  duration_ms           bigint not null,
  primary key (account, day, key, model, endpoint, provider)
) with (fillfactor = 50);

create index daily_usage_by_day on daily_usage (day);

-- The newest of each field of accounts, keys and objects, and of whatever an event is about.
create table owners (
  kind     text collate "C" not null,
  account  text collate "C" not null,
  id       text collate "C" not null,
  field    text collate "C" not null,
  value    text collate "C" not null,
  revision bigint not null,
  primary key (kind, account, id, field)
);
