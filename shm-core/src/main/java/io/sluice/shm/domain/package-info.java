/**
 * What the members of a domain share: the table of participants and who of them lives, the watch for deaths, the bells
 * that waiters sleep on, and the files of the domain.
 *
 * <p>Building blocks for Sluice's own modules, not an API for applications.
 */
@NullMarked
package io.sluice.shm.domain;

import org.jspecify.annotations.NullMarked;
