/**
 * Realistic requests, counted as the providers say they count, beside what the gateway quotes for
 * them. The counting shares no code with the gateway, so that the two can be compared.
 */
@NullMarked
package dev.tollgate.corpus;

import org.jspecify.annotations.NullMarked;
