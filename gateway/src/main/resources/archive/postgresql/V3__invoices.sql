-- Invoices, and what was paid on them; docs/invoices.md explains it. Amounts are nano-USD unless they
-- say cents, times are millis since the epoch, months are `year * 12 + month - 1`.

-- The last number that was given. One row: whoever makes an invoice writes it, and so waits for others.
create table invoice_numbers (
  series text collate "C" not null primary key,
  last   bigint not null
);

insert into invoice_numbers (series, last) values ('invoices', 0);

-- How far each account is invoiced: through which month, up to which place of its entries, and what they
-- come to.
create table invoice_heads (
  account  text collate "C" not null primary key,
  month    bigint not null,
  position bigint not null,
  closing  bigint not null
);

-- `document` is the whole invoice as it was made, and never changes. What is paid does.
create table invoices (
  id            text collate "C" not null primary key,
  number        text collate "C" not null unique,
  account       text collate "C" not null,
  month         bigint not null,
  position      bigint not null,
  made_at       bigint not null,
  due_cents     bigint not null,
  overdue_at    bigint not null,
  paid_cents    bigint not null default 0,
  settled_cents bigint not null default 0,
  tax_to_book   bigint not null,
  tax_booked    bigint not null default 0,
  document      text collate "C" not null,
  unique (account, month)
);

create index invoices_newest on invoices (month, number);
create index invoices_unbooked on invoices (made_at) where tax_booked = 0 and tax_to_book <> 0;
create index invoices_unpaid on invoices (month, number) where due_cents > paid_cents + settled_cents;

-- What an operator has booked as paid. `entry` is the entry of the ledger that it becomes.
create table invoice_payments (
  id              text collate "C" not null primary key,
  account         text collate "C" not null,
  invoice         text collate "C" not null,
  idempotency_key text collate "C" not null,
  cents           bigint not null,
  reference       text collate "C" not null,
  state           text collate "C" not null,
  at              bigint not null,
  entry           text collate "C" not null,
  unique (account, idempotency_key)
);

create index invoice_payments_of_invoice on invoice_payments (invoice, at);
create index invoice_payments_pending on invoice_payments (at) where state = 'pending';
