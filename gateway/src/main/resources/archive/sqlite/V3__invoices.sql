-- Invoices, and what was paid on them; docs/invoices.md explains it. Amounts are nano-USD unless they
-- say cents, times are millis since the epoch, months are `year * 12 + month - 1`.

-- The last number that was given. One row: whoever makes an invoice writes it, and so waits for others.
create table invoice_numbers (
  series text    not null primary key,
  last   integer not null
) strict, without rowid;

insert into invoice_numbers (series, last) values ('invoices', 0);

-- How far each account is invoiced: through which month, up to which place of its entries, and what they
-- come to.
create table invoice_heads (
  account  text    not null primary key,
  month    integer not null,
  position integer not null,
  closing  integer not null
) strict, without rowid;

-- `document` is the whole invoice as it was made, and never changes. What is paid does.
create table invoices (
  id            text    not null primary key,
  number        text    not null unique,
  account       text    not null,
  month         integer not null,
  position      integer not null,
  made_at       integer not null,
  due_cents     integer not null,
  overdue_at    integer not null,
  paid_cents    integer not null default 0,
  settled_cents integer not null default 0,
  tax_to_book   integer not null,
  tax_booked    integer not null default 0,
  document      text    not null,
  unique (account, month)
) strict;

create index invoices_newest on invoices (month, number);
create index invoices_unbooked on invoices (made_at) where tax_booked = 0 and tax_to_book <> 0;
create index invoices_unpaid on invoices (month, number) where due_cents > paid_cents + settled_cents;

-- What an operator has booked as paid. `entry` is the entry of the ledger that it becomes.
create table invoice_payments (
  id              text    not null primary key,
  account         text    not null,
  invoice         text    not null,
  idempotency_key text    not null,
  cents           integer not null,
  reference       text    not null,
  state           text    not null,
  at              integer not null,
  entry           text    not null,
  unique (account, idempotency_key)
) strict;

create index invoice_payments_of_invoice on invoice_payments (invoice, at);
create index invoice_payments_pending on invoice_payments (at) where state = 'pending';
