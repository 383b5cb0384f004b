-- Money that customers pay in, and that goes back to them; docs/payments.md explains it. Amounts are
-- whole cents where a payer sees them, nano-USD where they are bonuses.

-- One row for each try to pay, written before anybody is asked for money. `revision` is written by who
-- needs the row, and all that hangs on it, for himself.
create table payments (
  id           text collate "C" not null primary key,
  account      text collate "C" not null,
  source       text collate "C" not null,
  provider     text collate "C" not null,
  status       text collate "C" not null,
  amount_cents bigint not null,
  bonus        bigint not null,
  session      text collate "C" not null,
  intent       text collate "C" not null,
  checkout_url text collate "C" not null,
  created_at   bigint not null,
  paid_at      bigint not null,
  revision     bigint not null
);

create index payments_newest on payments (account, created_at, id);
create unique index payments_by_session on payments (session) where session <> '';
create index payments_by_intent on payments (intent) where intent <> '';

-- What of a payment went back: refunds, and disputes. `booked_as` begins the ids of its ledger entries;
-- empty where none was made.
create table payment_refunds (
  id           text collate "C" not null primary key,
  payment      text collate "C" not null,
  account      text collate "C" not null,
  kind         text collate "C" not null,
  status       text collate "C" not null,
  provider_id  text collate "C" not null,
  amount_cents bigint not null,
  bonus        bigint not null,
  booked_as    text collate "C" not null,
  attempt      bigint not null,
  created_at   bigint not null
);

create index payment_refunds_of on payment_refunds (payment, created_at, id);
create unique index payment_refunds_by_provider on payment_refunds (provider_id) where provider_id <> '';

-- What an account may be charged with again, by the names that the payment provider gave it.
create table payment_methods (
  account  text collate "C" not null primary key,
  customer text collate "C" not null,
  method   text collate "C" not null,
  saved_at bigint not null
);

-- What came with an Idempotency-Key: what it made, and what was answered; status 0 until then.
create table payment_requests (
  account text collate "C" not null,
  act     text collate "C" not null,
  key     text collate "C" not null,
  body    text collate "C" not null,
  subject text collate "C" not null,
  status  bigint not null,
  answer  text collate "C" not null,
  at      bigint not null,
  primary key (account, act, key)
);

create index payment_requests_oldest on payment_requests (at);
