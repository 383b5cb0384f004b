package dev.tollgate.ledger;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;

/**
 * What to set aside.
 *
 * @param quoteNanoUsd the most it can cost at list price; the account's multiplier is applied in
 *     the script
 * @param quoteTokens the most tokens it can use
 * @param model as the customer named it; empty where there is none
 * @param leaseMillis how long the hold lives without a word from its gateway
 */
public record HoldRequest(
    RequestId request,
    KeyRef key,
    long quoteNanoUsd,
    long quoteTokens,
    String model,
    long leaseMillis) {}
