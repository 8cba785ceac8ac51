// The demonstration accounts the tests act as (server/src/seed: `xiangdan demo`).
export const password = "xiangdan-demo";

export const village = "13800000001";
export const county = "13800000002";
export const organization = "13800000003";
export const otherOrganization = "13800000004";
