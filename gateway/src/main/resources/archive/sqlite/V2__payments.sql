-- Money that customers pay in, and that goes back to them; docs/payments.md explains it. Amounts are
-- whole cents where a payer sees them, nano-USD where they are bonuses.

-- One row for each try to pay, written before anybody is asked for money. `revision` is written by who
-- needs the row, and all that hangs on it, for himself.
create table payments (
  id           text    not null primary key,
  account      text    not null,
  source       text    not null,
  provider     text    not null,
  status       text    not null,
  amount_cents integer not null,
  bonus        integer not null,
  session      text    not null,
  intent       text    not null,
  checkout_url text    not null,
  created_at   integer not null,
  paid_at      integer not null,
  revision     integer not null
) strict;

create index payments_newest on payments (account, created_at, id);
create unique index payments_by_session on payments (session) where session <> '';
create index payments_by_intent on payments (intent) where intent <> '';

-- What of a payment went back: refunds, and disputes. `booked_as` begins the ids of its ledger entries;
-- empty where none was made.
create table payment_refunds (
  id           text    not null primary key,
  payment      text    not null,
  account      text    not null,
  kind         text    not null,
  status       text    not null,
  provider_id  text    not null,
  amount_cents integer not null,
  bonus        integer not null,
  booked_as    text    not null,
  attempt      integer not null,
  created_at   integer not null
) strict;

create index payment_refunds_of on payment_refunds (payment, created_at, id);
create unique index payment_refunds_by_provider on payment_refunds (provider_id) where provider_id <> '';

-- What an account may be charged with again, by the names that the payment provider gave it.
create table payment_methods (
  account  text    not null primary key,
  customer text    not null,
  method   text    not null,
  saved_at integer not null
) strict, without rowid;

-- What came with an Idempotency-Key: what it made, and what was answered; status 0 until then.
create table payment_requests (
  account text    not null,
  act     text    not null,
  key     text    not null,
  body    text    not null,
  subject text    not null,
  status  integer not null,
  answer  text    not null,
  at      integer not null,
  primary key (account, act, key)
) strict, without rowid;

create index payment_requests_oldest on payment_requests (at);
