-- Receipts that are to be sent by mail; docs/invoices.md explains it. Amounts are nano-USD, times are
-- millis since the epoch. The batch that stores an entry adds its receipt, and so once.
create table receipts (
  id            text collate "C" not null primary key,
  account       text collate "C" not null,
  kind          text collate "C" not null,
  amount        bigint not null,
  balance_after bigint not null,
  reference     text collate "C" not null,
  at            bigint not null,
  position      bigint not null,
  state         text collate "C" not null default 'queued',
  due_at        bigint not null default 0,
  tries         bigint not null default 0,
  claim         text collate "C" not null default '',
  leased_until  bigint not null default 0,
  ended_at      bigint not null default 0,
  reason        text collate "C" not null default ''
);

create index receipts_open on receipts (due_at, id) where state in ('queued', 'claimed', 'sending');
create index receipts_of_account on receipts (account, at);
