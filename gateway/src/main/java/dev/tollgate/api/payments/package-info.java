/**
 * The door through which the payment provider tells of payments, and the page that stands in for
 * its checkout where payments are simulated.
 */
@NullMarked
package dev.tollgate.api.payments;

import org.jspecify.annotations.NullMarked;
