/**
 * What providers keep for accounts: files, batches, fine-tuning jobs, stored responses. All
 * customers share the operator's key at a provider, so whose each is stands in the ledger; a
 * request about one is served to its account alone. What is done later is paid for later, out of a
 * hold that stays open until somebody sees it done, and once.
 */
@NullMarked
package dev.tollgate.kept;

import org.jspecify.annotations.NullMarked;
