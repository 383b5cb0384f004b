-- Receipts that are to be sent by mail; docs/invoices.md explains it. Amounts are nano-USD, times are
-- millis since the epoch. The batch that stores an entry adds its receipt, and so once.
create table receipts (
  id            text    not null primary key,
  account       text    not null,
  kind          text    not null,
  amount        integer not null,
  balance_after integer not null,
  reference     text    not null,
  at            integer not null,
  position      integer not null,
  state         text    not null default 'queued',
  due_at        integer not null default 0,
  tries         integer not null default 0,
  claim         text    not null default '',
  leased_until  integer not null default 0,
  ended_at      integer not null default 0,
  reason        text    not null default ''
) strict;

create index receipts_open on receipts (due_at, id) where state in ('queued', 'claimed', 'sending');
create index receipts_of_account on receipts (account, at);
