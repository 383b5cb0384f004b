/**
 * The paper of each month: what an account's entries of a month come to, numbered without gaps,
 * kept as it was made, and drawn as a PDF; and what is paid on it. docs/invoices.md explains it.
 */
@NullMarked
package dev.tollgate.billing.invoice;

import org.jspecify.annotations.NullMarked;
