package dev.tollgate.billing.payment;

import dev.tollgate.domain.AccountId;

/**
 * Who pays.
 *
 * @param email to fill into the form; may be empty
 */
public record Payer(AccountId account, String email) {}
