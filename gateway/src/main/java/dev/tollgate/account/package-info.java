/** What one may ask or do about an account, whichever door asks: balances, keys, credits. */
@NullMarked
package dev.tollgate.account;

import org.jspecify.annotations.NullMarked;
