/** The customer's door: balances, usage and the model list, translated from HTTP and back. */
@NullMarked
package dev.tollgate.api.customer;

import org.jspecify.annotations.NullMarked;
