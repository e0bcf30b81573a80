import "@digital-go-jp/design-tokens/dist/tokens.css";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/components.css";
import "../styles/flags.css";
import "../styles/staff.css";
import { mount } from "svelte";
import App from "./App.svelte";

mount(App, { target: document.querySelector("#app")! });
