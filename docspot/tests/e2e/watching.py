"""What a browser complains of: broken rules of the content security policy, errors of scripts,
things that could not be loaded."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

# The console tells of a violation too, but not where it happened.
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => console.error(
  `policy: ${event.effectiveDirective} ${event.blockedURI}`, event.sourceFile, event.lineNumber
));
"""

NO_FAULT = (
    "Failed to load resource",  # told below, with more to go by
    "does not conform to the required format",  # a date that nobody can have typed, in an address
)
LEFT = "net::ERR_ABORTED"  # a page was left while it was still loading, or is a download


def watch(context: BrowserContext, faults: list[str]) -> None:
    """Add all that goes wrong on any page of `context` to `faults`."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(map(message.text.count, NO_FAULT)):
            faults.append(f"console: {message.text} ({message.location['url']})")

    def on_page(page: Page) -> None:
        page.on("pageerror", lambda error: faults.append(f"script: {error} ({page.url})"))

    def on_failed(request: Request) -> None:
        if request.failure != LEFT:
            faults.append(f"not loaded: {request.url} {request.failure}")

    def on_response(response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            faults.append(f"not loaded: {response.url} {response.status}")

    context.add_init_script(TELL_VIOLATIONS)
    context.on("console", on_console)
    context.on("page", on_page)
    context.on("requestfailed", on_failed)
    context.on("response", on_response)
