/**
 * Counting what passes: scanners of JSON and server-sent events that take any cut of the bytes and
 * hold none of them, the tally of an answer's usage, and the estimate where a provider reported
 * none.
 */
@NullMarked
package dev.tollgate.metering;

import org.jspecify.annotations.NullMarked;
