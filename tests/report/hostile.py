"""A text that means harm wherever a file shows it: markup, Markdown, a formula, directions."""

EMOJI, HEBREW = "\U0001f600\U0001f469\U0001f3fd\u200d\U0001f680", "\u05e9\u05dc\u05d5\u05dd 3"
HOSTILE = (
    "=cmd|' /C calc'!A0 \u2028</script><script>alert(1)</script>\"onerror='alert(1)'\\"
    "<img src=x onerror=alert(2)></dd></td><svg onload=alert(3)>"
    "\x00\x1b[31m ![i](http://e.invalid/a.png) [x](javascript:alert(4)) @team | `c` **b** ~~s~~"
    " [l](http://e.invalid) www.e.invalid #12 a@b.invalid {{ 7*7 }} <!-- ]]>"
    f" \u202eevil\u202c \u2067open \u200f{HEBREW} {EMOJI}\n# head\n- [ ] box"
)
