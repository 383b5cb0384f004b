package dev.tollgate.ledger;

import org.jspecify.annotations.Nullable;

/**
 * The journal at a moment, for operators.
 *
 * @param depth acts that Redis has not taken yet
 * @param oldestMillis how long the oldest of them has waited; 0 when there is none
 * @param bytes what the files take
 * @param isReplaying whether Redis is being told again what it may have forgotten
 * @param refusal why nothing is admitted; null while requests are
 */
public record JournalState(
    int depth, long oldestMillis, long bytes, boolean isReplaying, @Nullable String refusal) {}
