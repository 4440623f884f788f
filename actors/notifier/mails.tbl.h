/* actors/notifier/mails.tbl.h - every e-mail that is sent, declared once: its plain text and
 * its HTML are made of the same words. The includer defines MAIL; this file undefines it.
 *
 *     MAIL(name, page, subject, before, action, after)
 *
 * page     the setting that names the page which the link leads to; the token goes behind it
 * before, action, after   the words before the link, of the link, and behind it; {minutes}
 *          is how long the link is valid */

MAIL(password_reset, RESET_URL, "Reset your password",
    "Somebody, hopefully you, asked for a new password for your account.",
    "Choose a new password",
    "The link works once, within {minutes} minutes. If it was not you who asked, ignore this mail: your password stays as it is.")

#undef MAIL
