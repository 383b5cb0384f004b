package dev.tollgate.proxy;

import dev.tollgate.domain.Usage;

/**
 * What a served request costs.
 *
 * @param listNanoUsd at the card's prices
 * @param billedNanoUsd times the account's multiplier
 * @param estimated why the usage, or the charge, is an estimate; empty when the provider reported
 *     it
 */
public record Charge(Usage usage, long listNanoUsd, long billedNanoUsd, String estimated) {}
