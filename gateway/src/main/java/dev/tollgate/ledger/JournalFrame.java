package dev.tollgate.ledger;

/**
 * A record as it stands in a file.
 *
 * @param sequence counts the records of a journal, without a gap
 * @param batch the number of the first record that was synced together with this one
 * @param atMillis wall clock of the gateway, when it was handed over
 */
record JournalFrame(long sequence, long batch, long atMillis, JournalRecord record) {}
