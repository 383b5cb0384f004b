/**
 * Money that customers pay in: the payment provider's checkout and its webhooks, saved methods, the
 * bonus, refunds and disputes. Each try to pay is a row of ours before anybody is asked for money,
 * and each credit has an id that follows from what it is for, so that nothing is booked twice.
 * Everything but {@link dev.tollgate.billing.payment.Payments} blocks.
 */
@NullMarked
package dev.tollgate.billing.payment;

import org.jspecify.annotations.NullMarked;
