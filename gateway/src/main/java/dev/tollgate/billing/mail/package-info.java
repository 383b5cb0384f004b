/**
 * Receipts by e-mail: queued by the batch that archives a payment, sent by whichever gateway comes
 * first, and never twice. docs/invoices.md explains it.
 */
@NullMarked
package dev.tollgate.billing.mail;

import org.jspecify.annotations.NullMarked;
