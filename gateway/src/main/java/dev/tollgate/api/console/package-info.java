/**
 * The door of the console: the files of a page on which a customer sees and manages an account. The
 * page itself asks the customer's API; nothing here knows an account.
 */
@NullMarked
package dev.tollgate.api.console;

import org.jspecify.annotations.NullMarked;
