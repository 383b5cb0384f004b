/**
 * The books: holds, settlements, releases and credits as Lua scripts on Redis, each atomic,
 * idempotent by its id, and announced as an event on the account's shard. Calls are asynchronous;
 * their stages complete on the event loop of the connection that carried them.
 */
@NullMarked
package dev.tollgate.ledger;

import org.jspecify.annotations.NullMarked;
