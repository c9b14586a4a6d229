/* Filters a table on its own page: substrings, a blank means "and". Without it the whole table stands. And how texts are compared, for the pages that search. */
(function () {
  "use strict";

  function plain(text) {
    return text.toUpperCase().replace(/[\uff01-\uff5e]/g, function (wide) {
      return String.fromCharCode(wide.charCodeAt(0) - 0xfee0);
    }).replace(/\u3000/g, " ");
  }

  function words(text) {
    return plain(text).split(/\s+/).filter(function (word) { return word !== ""; });
  }

  function has(text, wanted) {
    return wanted.every(function (word) { return text.indexOf(word) >= 0; });
  }

  function filter(box) {
    var table = document.getElementById(box.getAttribute("data-filter"));
    var input = box.querySelector("input");
    var status = box.querySelector("[role=status]");
    var bodies = Array.prototype.slice.call(table.tBodies).map(function (body) {
      var title = "";
      var rows = Array.prototype.slice.call(body.rows).filter(function (row) {
        if (row.className === "group") { title = row.textContent; }
        return row.className !== "group";
      });
      return { body: body, rows: rows, texts: rows.map(function (row) { return plain(row.textContent + " " + title); }) };
    });
    function apply() {
      var wanted = words(input.value);
      var shown = 0;
      bodies.forEach(function (one) {
        var here = 0;
        one.rows.forEach(function (row, n) {
          var fits = has(one.texts[n], wanted);
          row.hidden = !fits;
          if (fits) { here += 1; }
        });
        one.body.hidden = here === 0;
        shown += here;
      });
      status.textContent = wanted.length ? "符合的有 " + shown + " 行" : "";
    }
    box.hidden = false;
    input.addEventListener("input", apply);
    if (input.value) { apply(); }
  }

  // What another page asked for: ?q=...
  function asked() {
    var match = /[?&]q=([^&]*)/.exec(window.location.search);
    try {
      return match ? decodeURIComponent(match[1].replace(/\+/g, " ")) : "";
    } catch (error) {
      return "";
    }
  }

  window.onevisitText = { words: words, plain: plain, has: has, asked: asked };
  Array.prototype.forEach.call(document.querySelectorAll("[data-filter]"), filter);
}());
