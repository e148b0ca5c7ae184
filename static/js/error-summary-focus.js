// After a form was refused, start at the summary of what to mend.

document.querySelector(".error-summary")?.focus();
