/**
 * The rate card and what follows from it: the quote to hold before a request, the cost to charge
 * after. Exact integers, one rounding up per request.
 */
@NullMarked
package dev.tollgate.pricing;

import org.jspecify.annotations.NullMarked;
