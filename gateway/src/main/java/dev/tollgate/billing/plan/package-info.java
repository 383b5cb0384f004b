/**
 * The plans that accounts are on: what a change costs and gives back, renewal once per period, and
 * what happens when a fee is past due. The ledger makes each change in one script; this decides
 * which.
 */
@NullMarked
package dev.tollgate.billing.plan;

import org.jspecify.annotations.NullMarked;
