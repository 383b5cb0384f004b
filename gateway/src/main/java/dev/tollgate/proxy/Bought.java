package dev.tollgate.proxy;

import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.HoldOutcome.Held;

/**
 * A purchase whose provider has answered, or has begun to.
 *
 * @param route by which it was answered
 */
public record Bought(
    RequestId request, KeyRef caller, Prompt prompt, Offer offer, Held hold, Route route) {}
