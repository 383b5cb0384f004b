/**
 * A model provider to test against: a server that plays scripts, well-formed or broken, and keeps
 * an account of its own of what it served. It shares no code with the gateway, so that the two can
 * be compared.
 */
@NullMarked
package dev.tollgate.provider;

import org.jspecify.annotations.NullMarked;
