/**
 * Turns a price map in LiteLLM's format into the models of a rate card. Nothing is guessed: what
 * has no place on a card is reported, and what would be sold for nothing is left out. Works on
 * files, not on requests: it reads streams and may block.
 */
@NullMarked
package dev.tollgate.pricemap;

import org.jspecify.annotations.NullMarked;
