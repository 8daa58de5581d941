// What every view may use: the state, how to change it, and who is looking.
import { createContext, useContext } from "./vendor/htm-preact.js";

export const Page = createContext(null);
export const usePage = () => useContext(Page);
