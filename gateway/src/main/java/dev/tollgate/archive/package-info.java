/**
 * What happened, for years: the ledger's events, copied to a SQL database. The drain takes them
 * from the streams of all shards, writes them in batches, each once, and then acknowledges; the
 * books answer what customers, operators and accountants ask. Everything here blocks and belongs on
 * threads of its own, never on an event loop.
 */
@NullMarked
package dev.tollgate.archive;

import org.jspecify.annotations.NullMarked;
