// Only browsers without modules run this, so it is written in the language they know.
var main = document.getElementById("boot-main");
var message = document.createElement("p");
message.className = "boot-message";
message.setAttribute("role", "alert");
message.appendChild(
  document.createTextNode("这个浏览器太旧，打不开乡单。请更新浏览器，或者换一个浏览器再打开，例如 Chrome、Edge、Firefox。")
);
main.innerHTML = "";
main.appendChild(message);
document.getElementById("boot-status").innerHTML = "没有打开";
