// The demonstration accounts the tests act as (`xiangdan demo` prints them).
export const password = "xiangdan-demo";

/** 木脚村, in a county where both departments must agree before a need is published. */
export const village = "19900000001";
/** 高步村, of the same county. */
export const otherVillage = "19900000002";
export const organization = "19900000003";
export const otherOrganization = "19900000005";
export const county = "19900000006";
export const otherDepartment = "19900000007";
export const city = "19900000008";
export const province = "19900000009";
export const administrator = "19900000010";
