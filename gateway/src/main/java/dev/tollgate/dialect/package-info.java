/**
 * One file per wire format: where a request names its model and cap, where an answer reports its
 * usage, and how a refusal looks.
 */
@NullMarked
package dev.tollgate.dialect;

import org.jspecify.annotations.NullMarked;
