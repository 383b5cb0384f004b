package dev.tollgate.runs;

import org.jspecify.annotations.Nullable;

/**
 * What a run is to be settled at. One of tokens and cents is there, or neither where nothing but
 * the end is told.
 *
 * @param tokens trained, as the provider reported them
 * @param cents the price itself
 * @param iteration of an auto-tune session that these are of; null for none
 * @param isFinal whether no other follows
 */
public record SettleAsked(
    @Nullable Long tokens, @Nullable Long cents, @Nullable Integer iteration, boolean isFinal) {}
