/**
 * The simulated model provider of the demo: it speaks OpenAI's and Anthropic's formats, streams at
 * a human pace and reports exact usage, and asks no model anything. A set of handlers for our own
 * HTTP server.
 */
@NullMarked
package dev.tollgate.simulator;

import org.jspecify.annotations.NullMarked;
